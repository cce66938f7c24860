"""What a monitor finds, and what it should: windows without drift, with planted drift, and shifted ones with labels."""
