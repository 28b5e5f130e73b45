#!/bin/sh
# A program that does as it is told: runs until SIGTERM.
echo "started with $*"
exec sleep 1000
