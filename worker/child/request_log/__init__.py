"""The log of requests in the child: joined to one table, put together by day, written anew without one key."""
