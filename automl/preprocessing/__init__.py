"""From raw columns to features: column statistics, types, transformers, the target."""
