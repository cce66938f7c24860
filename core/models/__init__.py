"""Models: their records, stored predictions and exports."""
