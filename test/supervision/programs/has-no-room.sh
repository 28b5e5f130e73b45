#!/bin/sh
# Writes to a disk that is full.
cp /etc/hostname /dev/full
