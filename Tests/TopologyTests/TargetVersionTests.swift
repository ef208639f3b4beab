import Management
import Testing

@testable import Topology

@Suite("What a version of RabbitMQ can't have")
struct TargetVersionTests {
    private func compare(
        _ queues: [QueueDefinition] = [],
        exchanges: [ExchangeDefinition] = [],
        bindings: [BindingDefinition] = [],
        policies: [PolicyDefinition] = [],
        from source: BrokerVersion = BrokerVersion(3, 10, 8),
        to target: BrokerVersion,
        denied: Set<String> = [],
        there: [PolicyDefinition] = []
    ) -> TopologyComparison {
        var one = Samples.empty(source)
        one.exchanges += exchanges
        one.queues = queues
        one.bindings = bindings
        one.policies = policies
        var other = Samples.empty(target)
        other.origin.deniedFeatures = denied
        other.policies = there
        return TopologyComparison(source: one, target: other)
    }

    @Test(
        "A queue that a version refuses, as seen on it",
        arguments: [
            ("classic", ["x-queue-version": 1], BrokerVersion(4, 3, 6), [], true),
            ("classic", ["x-queue-version": 1], BrokerVersion(4, 0, 5), [], false),
            ("classic", ["x-consumer-timeout": 60_000], BrokerVersion(4, 3, 6), [], true),
            ("quorum", ["x-consumer-timeout": 60_000], BrokerVersion(4, 3, 6), [], false),
            ("classic", ["x-queue-leader-locator": "balanced"], BrokerVersion(3, 10, 8), [], true),
            ("classic", ["x-queue-leader-locator": "balanced"], BrokerVersion(4, 0, 5), [], false),
            (
                "classic", ["x-queue-master-locator": "min-masters"], BrokerVersion(4, 3, 6), ["queue_master_locator"],
                true
            ),
            ("classic", ["x-queue-master-locator": "min-masters"], BrokerVersion(4, 0, 5), [], false),
            ("classic", ["x-queue-mode": "lazy"], BrokerVersion(4, 3, 6), [], false),
        ] as [(String, [String: JSONValue], BrokerVersion, Set<String>, Bool)]
    )
    func queue(_ row: (String, [String: JSONValue], BrokerVersion, Set<String>, Bool)) {
        let (type, arguments, version, denied, isRefused) = row
        let queue = QueueDefinition(name: "q", type: type, arguments: arguments)
        let found = compare([queue], to: version, denied: denied).differences
        #expect(found.map(\.kind) == [isRefused ? .notPossible : .missing])
        #expect((found.first?.reason != nil) == isRefused)
    }

    @Test("A transient queue is refused where the site says that it denies them")
    func transient() {
        let queue = QueueDefinition(name: "q", isDurable: false)
        let binding = BindingDefinition(source: "amq.topic", destination: "q", routingKey: "#")
        let denied = compare(
            [queue],
            bindings: [binding],
            to: BrokerVersion(4, 3, 6),
            denied: ["transient_nonexcl_queues"]
        )
        #expect(denied.lines == ["not_possible queue 'q'", "not_possible binding 'amq.topic' → queue 'q' with '#'"])
        let permitted = compare([queue], to: BrokerVersion(4, 3, 6))
        #expect(permitted.lines == ["missing queue 'q'"])
        #expect(permitted.objects(.transient) == ["queue 'q'"])
    }

    @Test("An exchange type that the target has not, and what would be bound to it")
    func exchangeType() {
        let comparison = compare(
            [QueueDefinition(name: "q")],
            exchanges: [ExchangeDefinition(name: "hash", type: "x-consistent-hash")],
            bindings: [BindingDefinition(source: "hash", destination: "q", routingKey: "1")],
            to: BrokerVersion(4, 0, 5)
        )
        #expect(
            comparison.lines == [
                "not_possible exchange 'hash'", "missing queue 'q'",
                "not_possible binding 'hash' → queue 'q' with '1'",
            ]
        )
    }

    @Test("Mirroring is no policy of 4.0; the same policy set there without it is as it should be")
    func mirroring() {
        let policy = PolicyDefinition(name: "ha", pattern: "^q", definition: ["ha-mode": "all", "max-length": 5])
        let missing = compare(policies: [policy], to: BrokerVersion(4, 0, 5))
        #expect(missing.lines == ["not_possible policy 'ha'"])
        #expect(missing.reason("ha")?.contains("ha-mode") == true)
        #expect(missing.objects(.policyKeys) == ["policy 'ha'"])
        let adapted = compare(
            policies: [policy],
            to: BrokerVersion(4, 0, 5),
            there: [PolicyDefinition(name: "ha", pattern: "^q", definition: ["max-length": 5])]
        )
        #expect(adapted.isEmpty)
        #expect(compare(policies: [policy], to: BrokerVersion(3, 10, 8)).lines == ["missing policy 'ha'"])
    }

    @Test(
        "A policy key that a version has not",
        arguments: [
            ("consumer-timeout", BrokerVersion(3, 10, 8), true), ("consumer-timeout", BrokerVersion(4, 0, 5), false),
            ("target-group-size", BrokerVersion(3, 10, 8), true), ("delayed-retry-type", BrokerVersion(4, 0, 5), true),
            ("delayed-retry-type", BrokerVersion(4, 3, 6), false), ("queue-mode", BrokerVersion(4, 3, 6), false),
            ("delivery-limit", BrokerVersion(3, 10, 8), false),
        ]
    )
    func policyKey(_ key: String, _ version: BrokerVersion, _ isUnknown: Bool) {
        let policy = PolicyDefinition(name: "p", pattern: ".*", definition: [key: 1])
        let found = compare(policies: [policy], from: BrokerVersion(4, 3, 6), to: version).differences
        #expect(found.map(\.kind) == [isUnknown ? .notPossible : .missing])
    }

    @Test("A policy for one type of queues is nothing that 3.10 knows")
    func appliesTo() {
        let policy = PolicyDefinition(
            name: "p",
            pattern: ".*",
            appliesTo: "quorum_queues",
            definition: ["max-length": 1]
        )
        let comparison = compare(policies: [policy], from: BrokerVersion(4, 0, 5), to: BrokerVersion(3, 10, 8))
        #expect(comparison.lines == ["not_possible policy 'p'"])
    }

    @Test("A topic key with three # is refused from 4.3.5 on, and by topic exchanges alone")
    func hashes() {
        let binding = BindingDefinition(source: "amq.topic", destination: "q", routingKey: "a.#.#.#")
        let queue = QueueDefinition(name: "q")
        #expect(compare([queue], bindings: [binding], to: BrokerVersion(4, 3, 6)).differences(.notPossible).count == 1)
        #expect(compare([queue], bindings: [binding], to: BrokerVersion(4, 0, 5)).differences(.notPossible).isEmpty)
    }

    @Test("An argument whose value the management API does not tell is not guessed")
    func void() {
        let exchange = ExchangeDefinition(name: "h", type: "headers")
        let binding = BindingDefinition(source: "h", destination: "q", arguments: ["any": "undefined"])
        let comparison = compare(
            [QueueDefinition(name: "q")],
            exchanges: [exchange],
            bindings: [binding],
            to: BrokerVersion(3, 10, 8)
        )
        #expect(comparison.differences(.notPossible).map(\.object.kind) == [.binding])
    }

    @Test("What acts while nobody uses the site, and what a replay meets, is told once for each kind")
    func warnings() {
        let queues = [
            QueueDefinition(name: "ttl", arguments: ["x-message-ttl": 5, "x-dead-letter-exchange": "dlx"]),
            QueueDefinition(name: "full", arguments: ["x-max-length": 5, "x-overflow": "reject-publish"]),
            QueueDefinition(name: "ring", arguments: ["x-max-length-bytes": 5]),
            QueueDefinition(name: "lease", arguments: ["x-expires": 5, "x-queue-mode": "lazy"]),
            QueueDefinition(name: "one", type: "quorum", arguments: ["x-single-active-consumer": true]),
        ]
        let policy = PolicyDefinition(name: "short", pattern: ".*", definition: ["message-ttl": 5])
        let comparison = compare(queues, policies: [policy], to: BrokerVersion(4, 0, 5))
        #expect(comparison.objects(.ttl) == ["queue 'ttl'", "policy 'short'"])
        #expect(comparison.objects(.deadLetter) == ["queue 'ttl'"])
        #expect(comparison.objects(.rejectsPublish) == ["queue 'full'"])
        #expect(comparison.objects(.lengthLimit) == ["queue 'ring'"])
        #expect(comparison.objects(.expires) == ["queue 'lease'"])
        #expect(comparison.objects(.queueMode) == ["queue 'lease'"])
        #expect(comparison.objects(.singleActiveConsumer) == ["queue 'one'"])
        #expect(comparison.objects(.deliveryLimit) == ["queue 'one'"])
    }

    @Test("A negative delivery limit loses messages on 3.10")
    func negativeDeliveryLimit() {
        let queue = QueueDefinition(name: "q", type: "quorum", arguments: ["x-delivery-limit": -1])
        let back = compare([queue], from: BrokerVersion(4, 3, 6), to: BrokerVersion(3, 10, 8))
        #expect(back.objects(.deliveryLimit) == ["queue 'q'"])
        let same = compare([queue], from: BrokerVersion(4, 3, 6), to: BrokerVersion(4, 0, 5))
        #expect(same.objects(.deliveryLimit).isEmpty)
    }

    @Test("A queue is declared with its type wherever it would become of another")
    func declaredType() {
        let classic = QueueDefinition(name: "q")
        #expect(classic.declaredArguments(defaultType: nil).isEmpty)
        #expect(classic.declaredArguments(defaultType: "classic").isEmpty)
        #expect(classic.declaredArguments(defaultType: "quorum") == ["x-queue-type": "classic"])
        let quorum = QueueDefinition(name: "q", type: "quorum")
        #expect(quorum.declaredArguments(defaultType: "quorum") == ["x-queue-type": "quorum"])
        #expect(Definitions.Origin.queueType("rabbit_quorum_queue") == "quorum")
        #expect(Definitions.Origin.queueType("classic") == "classic")
        #expect(Definitions.Origin.queueType("undefined") == nil)
    }
}
