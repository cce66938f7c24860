"""When something is to be done, as cron expressions say it: times in any time zone, words, what was missed."""
