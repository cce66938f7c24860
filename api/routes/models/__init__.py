"""Models over HTTP: as they were trained or uploaded, and the predictions that they make."""
