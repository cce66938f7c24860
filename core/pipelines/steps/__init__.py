"""The steps of a run, one module each. Each may be done twice: what it makes has an id derived from the run's."""
