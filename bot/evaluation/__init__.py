"""Measuring the whole: cases, replay through the public API, metrics, calibration, report."""
