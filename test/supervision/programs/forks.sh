#!/bin/sh
# Its child is of the same session, and waits for SIGTERM on its own.
sleep 1000 &
echo "child $!"
wait
