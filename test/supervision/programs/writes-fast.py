#!/usr/bin/env python3
# Writes 100 MB a second, in numbered lines, until it has written 300 MB.
import sys, time
started = time.monotonic()
for block in range(300):
    lines = ''.join('%09d %s\n' % (block * 10000 + i, 'x' * 94) for i in range(10000))
    sys.stdout.write(lines)
    sys.stdout.flush()
    time.sleep(max(0, started + (block + 1) / 100 - time.monotonic()))
sys.stdout.write('written\n')
sys.stdout.flush()
time.sleep(1000)
