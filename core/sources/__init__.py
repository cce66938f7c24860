"""Sources of data outside the service, their fetches, and datasets that are put together of parts."""
