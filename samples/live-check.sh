#!/bin/sh
# From cron, or some seconds after a deploy: does the server send what its file holds, and will clients take it?
#   17 6 * * *  /usr/local/bin/live-check.sh shop.example.com /etc/nginx/tls/shop.example.com.pem
# A renewal that was never loaded, an old chain on one of several machines, a chain that time has broken: the
# mail from cron is the report, and says what to type. Nothing is printed where all is well.
#
# One machine behind a load balancer, or not in the DNS yet, is a third word: its address, or ADDRESS:PORT.
set -eu

host=${1:?is wanted: the name that clients ask for}
file=${2:?is wanted: the file that the server loads}

exec chainmend check -q --fail-on expires-soon "https://$host" --against "$file" ${3:+--connect "$3"}
