"""The fetcher's tasks: it speaks to servers that users name, and stores the bytes. It loads no engine."""
