#!/usr/bin/env bash
# Runs an engine, three nodes of the example chat and HAProxy in front of them
# on this machine, until Ctrl-C:
#
#	scripts/cluster.sh [nats|redis]
#
# HAProxy sends each request to the next node: there are no sticky sessions.
# All data are in a folder that goes when it ends.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin" # of Debian, for haproxy

engine=${1:-nats}
port=${PORT:-8080}              # HAProxy's; the nodes have the three ports behind it
engine_port=${ENGINE_PORT:-$((port + 10))}
nodes=3

data=$(mktemp -d)
children=()
finish() {
	trap - EXIT INT TERM
	# The last ones first: the nodes leave while their engine is there.
	for ((i = nodes + 1; i >= 0; i--)); do
		[ -n "${children[i]-}" ] || continue
		kill -TERM "${children[i]}" 2>/dev/null || true
		wait "${children[i]}" 2>/dev/null || true
	done
	rm -rf "$data"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# run NAME COMMAND... starts a program in a session of its own, so that Ctrl-C
# reaches this script alone, which ends them in order.
run() {
	local name=$1
	shift
	setsid "$@" >"$data/$name.log" 2>&1 &
	children+=($!)
}

# await NAME PORT waits until the program started last takes connections.
await() {
	for _ in $(seq 300); do
		if (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; then
			return
		fi
		if ! kill -0 "${children[-1]}" 2>/dev/null; then
			break
		fi
		sleep 0.1
	done
	echo "cluster: $1 does not start:" >&2
	cat "$data/$1.log" >&2
	exit 1
}

echo "building"
GOWORK=off go -C example-chat build -o "$data/example-chat" .
case $engine in
nats)
	GOWORK=off go -C e2e build -o "$data/natsd" ./cluster/natsd
	run engine "$data/natsd" -addr "127.0.0.1:$engine_port" -dir "$data/engine"
	;;
redis)
	mkdir "$data/engine"
	run engine redis-server --bind 127.0.0.1 --port "$engine_port" --dir "$data/engine" --save '' --appendonly yes
	;;
*)
	echo "usage: scripts/cluster.sh [nats|redis]" >&2
	exit 2
	;;
esac
await engine "$engine_port"

servers=
for ((n = 1; n <= nodes; n++)); do
	at=$((port + n))
	run "node$n" "$data/example-chat" -addr "localhost:$at" -db "$data/chat.db" -broker "$engine://127.0.0.1:$engine_port"
	await "node$n" "$at"
	servers+="	server node$n localhost:$at check"$'\n'
done

cat >"$data/haproxy.cfg" <<EOF
defaults
	mode http
	timeout connect 5s
	timeout client 60s
	timeout server 60s
	option redispatch 1
	retries 3
	retry-on conn-failure
	option httpchk GET /ready
	default-server inter 500ms fall 1 rise 1
listen cluster
	bind localhost:$port
	balance roundrobin
$servers
EOF
run haproxy haproxy -db -f "$data/haproxy.cfg"
await haproxy "$port"

cat <<EOF
$engine     $engine://127.0.0.1:$engine_port
EOF
for ((n = 1; n <= nodes; n++)); do
	echo "node $n   http://localhost:$((port + n))   (process ${children[n]}: kill it, and its pages go on elsewhere)"
done
echo "HAProxy  http://localhost:$port   (logs are in $data; Ctrl-C ends all)"

# A node may be killed, to see what happens: its pages go on at the others.
left=$nodes
while wait -n -p ended "${children[@]}" || true; do
	for i in "${!children[@]}"; do
		[ "${children[i]}" = "$ended" ] || continue
		unset "children[i]"
		if [ "$i" -ge 1 ] && [ "$i" -le "$nodes" ] && ((left-- > 1)); then
			echo "cluster: node $i has ended"
			continue
		fi
		echo "cluster: a program has ended; the logs end with:" >&2
		tail -n 5 "$data"/*.log >&2
		exit 1
	done
done
