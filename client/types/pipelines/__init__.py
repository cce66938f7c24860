"""Records of pipelines: their settings, their runs, their hooks and events."""
