#!/bin/sh
# Ends, and leaves a child of its own session behind.
sleep 1000 &
echo "child $!"
exit 3
