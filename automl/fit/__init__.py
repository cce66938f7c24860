"""The phases of a fit: prepare, search, finalize; then the review of what came out."""
