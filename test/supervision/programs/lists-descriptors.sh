#!/bin/sh
# What it has got from meshbox: descriptors, session, standard input.
exec python3 -c 'import os
mine = sorted(int(fd) for fd in os.listdir("/proc/self/fd"))
print([fd for fd in mine if os.path.exists("/proc/self/fd/%d" % fd)])
print("leads its session:", os.getsid(0) == os.getpid())
print("stdin:", os.readlink("/proc/self/fd/0"))
import time
print("ready", flush=True)
time.sleep(1000)'
