# Run inside the agent's container: fails unless its first process is as confined as compose.yaml says, and serves.
set -eu

says() {
  grep -q "^$1:[[:space:]]*$2" /proc/1/status || { grep "^$1:" /proc/1/status >&2; exit 1; }
}
says Uid '10001[[:space:]]10001[[:space:]]10001'
says Gid '10001[[:space:]]10001[[:space:]]10001'
for set in CapInh CapPrm CapEff CapBnd CapAmb; do says "$set" '0*$'; done
says NoNewPrivs 1
says Seccomp 2 # a filter: the engine's own
for place in / /tmp /run /var/tmp /opt/telesock; do
  if touch "$place/was-here" 2>/dev/null; then
    echo "$place can be written to" >&2
    exit 1
  fi
done
for _ in $(seq 50); do
  if telesock agent health 2>/dev/null; then exit 0; fi
  sleep 0.2
done
echo "the agent does not serve" >&2
exit 1
