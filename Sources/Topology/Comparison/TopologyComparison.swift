import Management

/// What a target has not, has otherwise or has alone, compared with a source; what is not copied, and what to know.
///
/// It asks nobody, and the same definitions give the same comparison. Ropeway's own objects are in none of it.
package struct TopologyComparison: Sendable, Hashable {
    /// Where the source comes from.
    package var source: Definitions.Origin
    /// Where the target comes from.
    package var target: Definitions.Origin
    /// What differs, by kind of object and name.
    package var differences: [TopologyDifference]
    /// What is not copied.
    package var leftOut: [LeftOutObject]
    /// What acts while nobody uses the target, or gets in the way of a replay.
    package var warnings: [TopologyWarning]
    /// The bindings that the target has, whatever is compared of them.
    package var targetBindings: [BindingDefinition]

    /// Compares a target with a source.
    ///
    /// - Parameter ownUsers: the users that Ropeway works as, which are never copied.
    package init(source: Definitions, target: Definitions, ownUsers: Set<String> = []) {
        self.source = source.origin
        self.target = target.origin
        let judge = Judge(source: source, target: target, ownUsers: ownUsers)
        differences = judge.differences.sorted { ($0.object, $0.kind.rawValue) < ($1.object, $1.kind.rawValue) }
        leftOut = judge.leftOut.sorted { $0.object < $1.object }
        warnings = TopologyWarning.all(source: judge.source, target: judge.target)
        targetBindings = target.bindings
    }

    /// The differences of a kind.
    package func differences(_ kind: TopologyDifference.Kind) -> [TopologyDifference] {
        differences.filter { $0.kind == kind }
    }

    /// Whether the target is as the source.
    package var isEmpty: Bool { differences.isEmpty }
}

/// Compares kind by kind.
private struct Judge {
    let source: CopiedPart
    let target: CopiedPart
    let rules: TargetRules
    let ownUsers: Set<String>

    init(source: Definitions, target: Definitions, ownUsers: Set<String>) {
        self.source = CopiedPart(source)
        self.target = CopiedPart(target)
        rules = TargetRules(origin: target.origin)
        self.ownUsers = ownUsers
    }

    var differences: [TopologyDifference] {
        let exchanges = exchanges
        let queues = queues
        return exchanges + queues + bindings(exchanges + queues) + policies + users + permissions + topicPermissions
    }

    var leftOut: [LeftOutObject] {
        source.leftOut + operatorPolicies
            + Set(copiedUsers(of: source.definitions, isOwn: true)).map {
                LeftOutObject(ObjectIdentity(.user, $0), .ownUser)
            }
    }

    // MARK: Exchanges and queues

    private var exchanges: [TopologyDifference] {
        var found: [TopologyDifference] = []
        for exchange in source.definitions.exchanges where source.copies(exchange: exchange.name) {
            let object = TopologyObject.exchange(exchange)
            if let other = target.exchanges[exchange.name] {
                found += conflict(object, .exchange(other), exchange.differences(from: other))
            } else {
                found.append(missing(object, rules.obstacle(to: exchange)))
            }
        }
        // An export of RabbitMQ 4.3 leaves out internal exchanges, and not the bindings that lead to them.
        let isFile = source.definitions.origin.isFile
        let named = isFile ? source.boundExchanges : []
        for exchange in target.definitions.exchanges
        where target.copies(exchange: exchange.name) && source.exchanges[exchange.name] == nil {
            if isFile, exchange.isInternal || named.contains(exchange.name) { continue }
            found.append(.onlyThere(.exchange(exchange)))
        }
        return found
    }

    private var queues: [TopologyDifference] {
        var found: [TopologyDifference] = []
        for queue in source.definitions.queues where source.copies(queue: queue.name) {
            let object = TopologyObject.queue(queue)
            if let other = target.queues[queue.name] {
                found += conflict(object, .queue(other), queue.differences(from: other))
            } else {
                found.append(missing(object, rules.obstacle(to: queue)))
            }
        }
        for queue in target.definitions.queues
        where target.copies(queue: queue.name) && source.queues[queue.name] == nil {
            found.append(.onlyThere(.queue(queue)))
        }
        return found
    }

    private func missing(_ object: TopologyObject, _ obstacle: String?) -> TopologyDifference {
        guard let obstacle else { return .missing(object) }
        return TopologyDifference(.notPossible, object.identity, source: object, reason: obstacle)
    }

    private func conflict(
        _ object: TopologyObject,
        _ other: TopologyObject,
        _ properties: [PropertyDifference]
    ) -> [TopologyDifference] {
        guard !properties.isEmpty else { return [] }
        return [
            TopologyDifference(.conflict, object.identity, source: object, target: other, properties: properties)
        ]
    }

    // MARK: Bindings

    /// - Parameter ends: how exchanges and queues differ.
    private func bindings(_ ends: [TopologyDifference]) -> [TopologyDifference] {
        let impossible = Set(ends.filter { $0.kind == .notPossible }.map(\.object))
        let otherType = Set(
            ends.filter { $0.kind == .conflict && $0.properties.contains { $0.key == "type" } }.map(\.object)
        )
        var found: [TopologyDifference] = []
        for binding in source.bindings.subtracting(target.definitions.bindings) {
            let object = TopologyObject.binding(binding)
            let start = ObjectIdentity(.exchange, binding.source)
            let end = ObjectIdentity(binding.destinationType == .queue ? .queue : .exchange, binding.destination)
            var obstacle = rules.obstacle(to: binding, exchangeType: source.exchanges[binding.source]?.type)
            if let end = [start, end].first(where: impossible.contains) { obstacle = "\(end) can't be declared there" }
            if otherType.contains(start) { obstacle = "\(start) is of another type there, and would route otherwise" }
            found.append(missing(object, obstacle))
        }
        // One that the source has and does not copy is not the target's alone.
        let leftOut = Set(source.leftOut.compactMap(\.object.binding))
        for binding in target.bindings.subtracting(source.bindings) where !leftOut.contains(binding) {
            found.append(.onlyThere(.binding(binding)))
        }
        return found
    }

    // MARK: Policies

    private var policies: [TopologyDifference] {
        let there = Dictionary(target.policies.map { ($0.name, $0) }) { first, _ in first }
        var found: [TopologyDifference] = []
        for policy in source.policies {
            let unknown = rules.unknownKeys(of: policy)
            let other = there[policy.name]
            let properties = other.map { policy.without(unknown).differences(from: $0) }
            if let properties, properties.isEmpty { continue }
            let object = TopologyObject.policy(policy)
            let obstacle = unknown.isEmpty ? rules.obstacle(to: policy) : rules.refusal(of: unknown)
            let harm = harm(to: target, by: policy)
            found.append(
                TopologyDifference(
                    (obstacle ?? harm) != nil ? .notPossible : other == nil ? .missing : .changed,
                    object.identity,
                    source: object,
                    target: other.map { .policy($0) },
                    properties: properties ?? [],
                    reason: obstacle ?? harm
                )
            )
        }
        let names = Set(source.policies.map(\.name))
        return found + target.policies.filter { !names.contains($0.name) }.map { .onlyThere(.policy($0)) }
    }

    /// Why a policy would take the place of those of Ropeway's own objects at the target, until they are raised above it.
    private func harm(to target: CopiedPart, by policy: PolicyDefinition) -> String? {
        let priorities = target.definitions.policies.filter { CopiedPart.isOwn($0.name) }.map(\.priority)
        guard let lowest = priorities.min(), policy.priority >= lowest else { return nil }
        let names = (Array(target.queues.keys) + Array(target.exchanges.keys)).filter(CopiedPart.isOwn)
        // A pattern that only Erlang's engine can read is taken to match: better one refusal too many.
        let regex = try? Regex(policy.pattern)
        guard names.contains(where: { name in regex.map { name.firstMatch(of: $0) != nil } ?? true }) else {
            return nil
        }
        return
            "its priority \(policy.priority) is not below that of Ropeway's own policies there (\(lowest)), and its pattern "
            + "matches Ropeway's own objects; give it one that does not match names that start with 'ropeway.'"
    }

    private var operatorPolicies: [LeftOutObject] {
        let there = Set(target.definitions.operatorPolicies)
        return source.definitions.operatorPolicies.filter { !there.contains($0) && !CopiedPart.isOwn($0.name) }
            .map { LeftOutObject(ObjectIdentity(.operatorPolicy, $0.name), .operatorPolicy) }
    }

    // MARK: Users

    private func isOwn(user: String) -> Bool { ownUsers.contains(user) || user.hasPrefix("ropeway") }

    /// The users who have permissions.
    private func copiedUsers(of definitions: Definitions, isOwn: Bool = false) -> [String] {
        guard let access = definitions.access else { return [] }
        let names = Set(access.permissions.map(\.user)).union(access.topicPermissions.map(\.user))
        return names.filter { self.isOwn(user: $0) == isOwn && $0 != "." && $0 != ".." && !$0.isEmpty }.sorted()
    }

    private var users: [TopologyDifference] {
        guard let here = source.definitions.access, let there = target.definitions.access else { return [] }
        let accounts = Dictionary(here.users.map { ($0.name, $0) }) { first, _ in first }
        let others = Dictionary(there.users.map { ($0.name, $0) }) { first, _ in first }
        // One that the source does not have in its own database logs in by other means.
        return copiedUsers(of: source.definitions).compactMap { accounts[$0] }.compactMap { account in
            let object = TopologyObject.user(account)
            guard let other = others[account.name] else { return .missing(object) }
            let properties = account.differences(from: other)
            guard !properties.isEmpty else { return nil }
            return TopologyDifference(
                .changed,
                object.identity,
                source: object,
                target: .user(other),
                properties: properties
            )
        }
    }

    private var permissions: [TopologyDifference] {
        guard let here = source.definitions.access, let there = target.definitions.access else { return [] }
        return grants(
            here.permissions.filter { isCopied($0.user) }.map { .permissions($0) },
            there.permissions.filter { isCopied($0.user) }.map { .permissions($0) }
        )
    }

    private var topicPermissions: [TopologyDifference] {
        guard let here = source.definitions.access, let there = target.definitions.access else { return [] }
        func isCopied(_ permissions: TopicPermissions) -> Bool {
            self.isCopied(permissions.user) && !CopiedPart.isOwn(permissions.exchange)
        }
        return grants(
            here.topicPermissions.filter(isCopied).map { .topicPermissions($0) },
            there.topicPermissions.filter(isCopied).map { .topicPermissions($0) }
        )
    }

    private func isCopied(_ user: String) -> Bool { !isOwn(user: user) && user != "." && user != ".." && !user.isEmpty }

    private func grants(_ here: [TopologyObject], _ there: [TopologyObject]) -> [TopologyDifference] {
        let others = Dictionary(there.map { ($0.identity, $0) }) { first, _ in first }
        let known = Set(here.map(\.identity))
        let found = here.compactMap { object -> TopologyDifference? in
            guard let other = others[object.identity] else { return .missing(object) }
            let properties = object.grantDifferences(from: other)
            guard !properties.isEmpty else { return nil }
            return TopologyDifference(.changed, object.identity, source: object, target: other, properties: properties)
        }
        return found + there.filter { !known.contains($0.identity) }.map { .onlyThere($0) }
    }
}

extension UserAccount {
    /// What is different in another user of the same name. Of the password only that it is.
    fileprivate func differences(from other: UserAccount) -> [PropertyDifference] {
        var found: [PropertyDifference] = []
        if (passwordHash, hashingAlgorithm) != (other.passwordHash, other.hashingAlgorithm) {
            found.append(PropertyDifference("password", source: nil, target: nil))
        }
        return found + PropertyDifference.of("tags", shownTags, other.shownTags)
    }

    private var shownTags: JSONValue { .string(tags.sorted().joined(separator: ",")) }
}

extension TopologyObject {
    fileprivate func grantDifferences(from other: TopologyObject) -> [PropertyDifference] {
        switch (self, other) {
        case (.permissions(let one), .permissions(let other)):
            let (one, other) = (one.permissions, other.permissions)
            return PropertyDifference.of("configure", .string(one.configure), .string(other.configure))
                + PropertyDifference.of("write", .string(one.write), .string(other.write))
                + PropertyDifference.of("read", .string(one.read), .string(other.read))
        case (.topicPermissions(let one), .topicPermissions(let other)):
            return PropertyDifference.of("write", .string(one.write), .string(other.write))
                + PropertyDifference.of("read", .string(one.read), .string(other.read))
        default:
            return []
        }
    }
}
