"""The log of requests in the parent: fetched for a child, and what the child has made of it stored."""
