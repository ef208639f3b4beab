import Management
import Testing

@testable import Topology

@Suite("Comparison of topologies")
struct TopologyComparisonTests {
    @Test("Two sites with the same definitions do not differ")
    func same() {
        #expect(TopologyComparison(source: Samples.shop, target: Samples.copy()).isEmpty)
    }

    @Test("What the target has not is missing, and what RabbitMQ makes itself is not copied")
    func missing() {
        let comparison = TopologyComparison(source: Samples.shop, target: Samples.empty())
        #expect(
            comparison.lines == [
                "missing exchange 'audit'", "missing exchange 'orders'", "missing queue 'billing'",
                "missing queue 'shipping'", "missing binding 'audit' → queue 'shipping' with ''",
                "missing binding 'orders' → exchange 'audit' with '#'",
                "missing binding 'orders' → queue 'billing' with 'eu.#'", "missing policy 'limits'",
            ]
        )
        #expect(comparison.leftOut.map(\.reason) == [.predeclared, .predeclared])
    }

    @Test("What can't be changed is a conflict that shows both sides")
    func conflict() {
        // given
        var target = Samples.copy()
        target.queues = [
            QueueDefinition(name: "billing", arguments: ["x-max-length": 5]),
            QueueDefinition(name: "shipping", type: "classic"),
        ]
        target.exchanges[2].type = "direct"

        // when
        let comparison = TopologyComparison(source: Samples.shop, target: target)

        // then
        let conflicts = comparison.differences(.conflict)
        #expect(conflicts.map(\.object.name) == ["orders", "billing", "shipping"])
        #expect(conflicts[0].properties.map(\.description) == [#"type: "direct" instead of "topic""#])
        #expect(conflicts[1].properties.map(\.description) == ["x-max-length: 5 instead of not set"])
        #expect(
            conflicts[2].properties.map(\.description) == [
                #"type: "classic" instead of "quorum""#, "x-delivery-limit: not set instead of 5",
            ]
        )
        #expect(TopologyPlan(comparison, prunes: true).isEmpty)
    }

    @Test("A queue of another name for the same type is the same: newer versions write the type down")
    func typeWrittenDown() {
        var target = Samples.copy(BrokerVersion(4, 0, 5))
        target.queues[0] = QueueDefinition(name: "billing", type: "classic", arguments: ["x-queue-type": "classic"])
        #expect(TopologyComparison(source: Samples.shop, target: target).isEmpty)
    }

    @Test("A number with a fraction of 0 is the same number")
    func numbers() {
        var source = Samples.shop
        var target = Samples.copy()
        source.policies = [PolicyDefinition(name: "p", pattern: ".*", definition: ["message-ttl": .double(5)])]
        target.policies = [PolicyDefinition(name: "p", pattern: ".*", definition: ["message-ttl": .integer(5)])]
        #expect(TopologyComparison(source: source, target: target).isEmpty)
    }

    @Test("A policy is changed in pattern, priority, what it applies to and what it sets")
    func policy() {
        var target = Samples.copy()
        target.policies = [
            PolicyDefinition(
                name: "limits",
                pattern: "^b",
                appliesTo: "queues",
                priority: 3,
                definition: ["max-length": 7, "expires": 1]
            )
        ]
        let comparison = TopologyComparison(source: Samples.shop, target: target)
        #expect(comparison.lines == ["changed policy 'limits'"])
        #expect(
            comparison.differences[0].properties.map(\.key) == [
                "pattern", "apply-to", "priority", "expires", "max-length",
            ]
        )
    }

    @Test("What only the target has is told, and deleted by a plan that prunes alone")
    func onlyThere() {
        var target = Samples.copy()
        target.queues.append(QueueDefinition(name: "monitor"))
        target.bindings.append(BindingDefinition(source: "orders", destination: "monitor", routingKey: "#"))
        let comparison = TopologyComparison(source: Samples.shop, target: target)
        #expect(
            comparison.lines == [
                "only_there queue 'monitor'", "only_there binding 'orders' → queue 'monitor' with '#'",
            ]
        )
        #expect(TopologyPlan(comparison).isEmpty)
        let steps = TopologyPlan(comparison, prunes: true).steps
        #expect(steps.map(\.object.identity.kind) == [.binding, .queue])
    }

    @Test("Ropeway's own objects are in no part of a comparison, on neither side")
    func ownObjects() {
        // given: on each side what the other has not
        func withOwn(_ definitions: Definitions, _ site: String) -> Definitions {
            var result = definitions
            let name = "ropeway.pair.orders.\(site)"
            result.exchanges.append(ExchangeDefinition(name: name, type: "fanout"))
            result.queues.append(QueueDefinition(name: name, arguments: ["x-message-ttl": 5]))
            result.bindings.append(BindingDefinition(source: "orders", destination: name, routingKey: "#"))
            result.bindings.append(BindingDefinition(source: name, destination: "billing"))
            result.policies.append(PolicyDefinition(name: name, pattern: ".", definition: ["expires": 1]))
            result.operatorPolicies.append(PolicyDefinition(name: name, pattern: ".", definition: ["expires": 1]))
            return result
        }

        // when
        let comparison = TopologyComparison(
            source: withOwn(Samples.shop, "capture"),
            target: withOwn(Samples.copy(), "standby")
        )

        // then
        #expect(comparison.isEmpty)
        #expect(comparison.leftOut.allSatisfy { $0.reason == .predeclared })
        #expect(comparison.objects(.ttl).isEmpty)
        #expect(comparison.objects(.expires).isEmpty)
    }

    @Test(
        "A policy that would outrank those of Ropeway's own objects is not brought where it matches them",
        arguments: [
            (".*", 1000, true), (".*", 999, false), ("^ropeway\\.p\\.lock$", 5000, true), ("^orders", 5000, false),
            ("(?<=no engine but Erlang's", 5000, true),
        ]
    )
    func outranking(_ pattern: String, _ priority: Int, _ isHeld: Bool) {
        var source = Samples.shop
        let policy = PolicyDefinition(name: "top", pattern: pattern, priority: priority, definition: ["expires": 1])
        source.policies.append(policy)
        var target = Samples.copy()
        target.queues.append(QueueDefinition(name: "ropeway.p.lock"))
        let own = PolicyDefinition(
            name: "ropeway.p.lock",
            pattern: "^ropeway\\.p\\.lock$",
            priority: 1000,
            definition: ["delivery-limit": 5]
        )
        target.policies.append(own)
        let comparison = TopologyComparison(source: source, target: target)
        #expect(comparison.lines == [(isHeld ? "not_possible" : "missing") + " policy 'top'"])
        #expect((comparison.reason("top") != nil) == isHeld)
        target.policies.removeAll { $0.name == own.name }
        #expect(TopologyComparison(source: source, target: target).lines == ["missing policy 'top'"])
    }

    @Test("What comes and goes with clients is left out, with its bindings and the reason")
    func leftOut() {
        // given
        var source = Samples.shop
        source.queues += [
            QueueDefinition(name: "replies", isDurable: false, isExclusive: true),
            QueueDefinition(name: "amq.gen-7", isDurable: false), QueueDefinition(name: "session", isAutoDelete: true),
            QueueDefinition(name: ".."),
        ]
        source.exchanges.append(ExchangeDefinition(name: "temporary", type: "fanout", isAutoDelete: true))
        source.bindings += [
            BindingDefinition(source: "orders", destination: "session", routingKey: "a"),
            BindingDefinition(source: "temporary", destination: "billing"),
            BindingDefinition(source: "gone", destination: "billing"),
        ]
        // and: the same on the target, which has one of its own as well
        var target = source
        target.origin = Samples.site(BrokerVersion(3, 10, 8))
        target.queues.append(QueueDefinition(name: "amq.gen-8", isDurable: false))

        // when
        let comparison = TopologyComparison(source: source, target: target)

        // then
        #expect(comparison.isEmpty)
        let found = comparison.leftOut.filter { $0.reason != .predeclared }.map { "\($0.reason.rawValue) \($0.object)" }
        #expect(
            found == [
                "auto-delete exchange 'temporary'", "unnameable queue '..'", "server-named queue 'amq.gen-7'",
                "exclusive queue 'replies'", "auto-delete queue 'session'",
                "end-missing binding 'gone' → queue 'billing' with ''",
                "end-left-out binding 'orders' → queue 'session' with 'a'",
                "end-left-out binding 'temporary' → queue 'billing' with ''",
            ]
        )
    }

    @Test("A queue that is durable here and auto-delete there is in conflict, not missing")
    func autoDeleteThere() {
        var target = Samples.copy()
        target.queues[0].isAutoDelete = true
        let comparison = TopologyComparison(source: Samples.shop, target: target)
        #expect(comparison.lines == ["conflict queue 'billing'"])
    }

    @Test("Nothing is bound to an exchange that is of another type there")
    func bindingOfAnotherType() {
        var target = Samples.copy()
        target.exchanges[2].type = "direct"
        target.bindings = []
        let comparison = TopologyComparison(source: Samples.shop, target: target)
        #expect(
            comparison.lines == [
                "conflict exchange 'orders'", "missing binding 'audit' → queue 'shipping' with ''",
                "not_possible binding 'orders' → exchange 'audit' with '#'",
                "not_possible binding 'orders' → queue 'billing' with 'eu.#'",
            ]
        )
    }

    @Test("A whole cluster's administrators and Ropeway's own users are told apart")
    func users() {
        // given
        func account(_ name: String, _ hash: String = "h") -> UserAccount {
            UserAccount(name: name, passwordHash: hash, hashingAlgorithm: "sha256", tags: [])
        }
        func grant(_ name: String, _ read: String = ".*") -> UserPermissions {
            UserPermissions(user: name, permissions: Permissions(read: read))
        }
        var source = Samples.shop
        source.access = AccessDefinition(
            users: [account("shop", "salt1"), account("other"), account("ropeway-pair-e1"), account("relay")],
            permissions: [grant("shop"), grant("ropeway-pair-e1"), grant("relay"), grant("ldap")],
            topicPermissions: [
                TopicPermissions(user: "shop", exchange: "orders", write: "eu.*", read: ".*"),
                TopicPermissions(user: "relay", exchange: "orders", write: ".*", read: ".*"),
            ]
        )
        var target = Samples.copy()
        target.access = AccessDefinition(
            users: [account("shop", "salt2"), account("standby")],
            permissions: [grant("shop", "^x"), grant("standby")]
        )

        // when
        let comparison = TopologyComparison(source: source, target: target, ownUsers: ["relay"])

        // then
        #expect(
            comparison.lines == [
                "changed user 'shop'", "missing permissions of user 'ldap'", "changed permissions of user 'shop'",
                "only_there permissions of user 'standby'",
                "missing permissions of user 'shop' at topic exchange 'orders'",
            ]
        )
        #expect(comparison.differences[0].properties.map(\.description) == ["password"])
        let own = comparison.leftOut.filter { $0.reason == .ownUser }.map(\.object.name)
        #expect(own == ["relay", "ropeway-pair-e1"])
        // and: no hash in anything that is shown
        #expect(!"\(comparison)".contains("salt"))
        // and: a user is never deleted
        let plan = TopologyPlan(comparison, prunes: true)
        #expect(plan.deletions.map(\.object.identity.description) == ["permissions of user 'standby'"])
        #expect(plan.steps.first?.object.identity.kind == .user)
    }

    @Test("Without being asked for, users are no part of it")
    func noUsers() {
        var source = Samples.shop
        source.access = AccessDefinition(permissions: [UserPermissions(user: "shop", permissions: Permissions())])
        #expect(TopologyComparison(source: source, target: Samples.copy()).isEmpty)
    }

    @Test("An export does not have the internal exchanges that it binds: they are not the target's alone")
    func exportWithoutInternalExchanges() {
        var source = Samples.shop
        source.origin = Definitions.Origin(name: "file x", version: BrokerVersion(4, 3, 6), isFile: true)
        source.exchanges.removeAll { $0.name == "audit" }
        var target = Samples.copy()
        target.exchanges.append(ExchangeDefinition(name: "deep", type: "fanout", isInternal: true))
        let comparison = TopologyComparison(source: source, target: target)
        #expect(comparison.isEmpty)
        #expect(comparison.leftOut.filter { $0.reason == .endMissing }.count == 2)
    }
}
