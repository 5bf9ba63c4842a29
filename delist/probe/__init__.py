"""Measures what others see of a sending address: its DNS, its SPF and DKIM, its TCP port 25."""
