"""The versions of an endpoint in this process: known, loaded ahead, sharing requests, answering, in the shadow."""
