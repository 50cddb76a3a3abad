"""What keeps edgepose alive and tells how it is: supervision, counters, health, clocks."""
