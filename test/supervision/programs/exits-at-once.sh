#!/bin/sh
echo "I1122 10:00:00.000000 1 main.cpp:1] Starting"
echo "F1122 10:00:00.000000 1 main.cpp:2] Failed to bind on 127.0.0.1:5050: Address already in use" >&2
echo "    @     0x7f0000000000  abort"
exit 7
