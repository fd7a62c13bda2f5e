"""Exact statistics over columns in memory; for handlers, those of one column (`arrays`)."""

from locum.stats.arrays import frequencies, histogram, mean, percentile, percentiles, total

__all__ = ["frequencies", "histogram", "mean", "percentile", "percentiles", "total"]
