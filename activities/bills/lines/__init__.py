"""The normalised lines of a file: computed in batches, written as Parquet, and given to COPY."""
