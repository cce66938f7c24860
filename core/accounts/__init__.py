"""Users, their credentials and passwords, and the use cases of administrators."""
