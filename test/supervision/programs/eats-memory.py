#!/usr/bin/env python3
# Takes memory until it gets no more, and says what a JVM would say.
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (100 << 20, 100 << 20))
held = []
try:
    while True:
        held.append(bytearray(1 << 20))
except MemoryError:
    held.clear()
    print('java.lang.OutOfMemoryError: Java heap space', flush=True)
    sys.exit(3)
