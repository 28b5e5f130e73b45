#!/usr/bin/env python3
# Has a child that has ended, and never asks how.
import os, time
if os.fork() == 0:
    os._exit(0)
print('zombie', flush=True)
time.sleep(1000)
