"""Hold the records that calls return, one module a noun of the API."""
