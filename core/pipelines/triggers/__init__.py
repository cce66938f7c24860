"""What starts runs: a person, time, events from outside, alarms of monitors, new labels."""
