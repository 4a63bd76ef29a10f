"""Figures of data; the modules need matplotlib and are imported one by one."""
