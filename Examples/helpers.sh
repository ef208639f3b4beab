# What the examples share. Sourced from the folder of the repository, before anything else.
# Uses brokers of its own on loopback; a RabbitMQ service on the machine is neither used nor disturbed.
# shellcheck shell=bash

say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }

# Installs what is missing, builds the programs, and makes a folder for everything; sets ropeway, orders and work.
prepare() {
    Scripts/install-dependencies
    say "Building (a few minutes the first time)"
    swift build -c release --product ropeway
    swift build -c release --product two-datacenters-orders
    local programs
    programs=$(swift build -c release --show-bin-path)
    ropeway=$programs/ropeway
    orders=$programs/two-datacenters-orders
    work=$(mktemp -d)
    export ROPEWAY_BROKERS=$work/brokers ROPEWAY_STATE=$work/state DC1_PASSWORD=guest DC2_PASSWORD=guest
    trap cleanup EXIT
    trap 'exit 130' INT TERM
}

# The processes to end with the script.
processes=()

cleanup() {
    local process
    for process in "${processes[@]}"; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    Scripts/broker wipe-all >/dev/null 2>&1 || true
    rm -rf "$work"
}

# What `Scripts/broker start` said of a node: field NODE NAME
field() { sed -n "s/^$2=//p" "$work/$1.env"; }

# Starts a node for each datacenter.
start_brokers() {
    say "Starting two RabbitMQ nodes: DC1 and DC2"
    local dc starting=()
    for dc in dc1 dc2; do
        Scripts/broker start $dc --owner $$ >"$work/$dc.env" &
        starting+=($!)
    done
    for dc in "${starting[@]}"; do wait "$dc"; done
    for dc in dc1 dc2; do
        echo "$dc: AMQP on 127.0.0.1:$(field $dc AMQP_PORT), management on 127.0.0.1:$(field $dc MANAGEMENT_PORT)" >&2
    done
}

# Starts a node for each datacenter, with the orders' exchange and queues.
start_nodes() {
    start_brokers
    local dc
    for dc in dc1 dc2; do "$orders" setup --port "$(field $dc AMQP_PORT)"; done
}

# Fills the ports into a configuration: configure TEMPLATE FILE API-PORT
configure() {
    sed -e "s/@DC1_AMQP@/$(field dc1 AMQP_PORT)/" -e "s/@DC1_MANAGEMENT@/$(field dc1 MANAGEMENT_PORT)/" \
        -e "s/@DC2_AMQP@/$(field dc2 AMQP_PORT)/" -e "s/@DC2_MANAGEMENT@/$(field dc2 MANAGEMENT_PORT)/" \
        -e "s/@API@/$3/" "$1" >"$2"
}

# Waits until `ropeway status` says that the store holds everything that DC1 captured: wait_for_lag_zero CONFIGURATION LOG
wait_for_lag_zero() {
    for _ in $(seq 1 150); do
        if "$ropeway" status --config "$1" --format json 2>/dev/null |
            tr -d ' \n' | grep -q '"lag":{[^}]*"known":true[^}]*"messages":0[,}]\|"lag":{[^}]*"messages":0,[^}]*"known":true'; then
            return 0
        fi
        sleep 0.2
    done
    echo "the pair did not catch up; the daemon said:" >&2
    tail -20 "$2" >&2
    return 1
}
