"""Reproductions: tables and figures of papers, ours beside the published numbers, one file each."""
