import Management

/// Writes the policies of Ropeway's own queues on a site and checks that nobody else's does harm to them.
struct PolicyKeeper: Sendable {
    let site: Site

    /// How long what is read back may be what was there before (Khepri, RabbitMQ 4).
    private static let settlingTime = Duration.seconds(2)
    private static let settlingInterval = Duration.milliseconds(100)

    private static let right = "the tag policymaker (or administrator)"

    /// Makes each policy apply, before or after its queue is declared. Writes only what differs.
    ///
    /// - Parameter holding: names of queues whose policies must not be touched; what they are now is what must be in force.
    /// - Throws: ``TopologyError`` with the code policyConflict for an operator policy, missingRights, unreachable.
    func keep(_ own: [OwnPolicy], holding: Set<String> = []) async throws(TopologyError) {
        var snapshot = try await snapshot(for: own)
        var written: [OwnPolicy] = []
        for policy in own {
            let inForce = holding.contains(policy.object) ? snapshot.asItIs(policy) : policy
            if let conflict = snapshot.conflict(for: inForce) { throw conflict }
            guard !holding.contains(policy.object), let change = snapshot.change(for: policy) else { continue }
            written.append(try await write(change, of: policy, in: snapshot))
        }
        guard !written.isEmpty else { return }
        // Another node than the one that took a policy may answer what was there before for a moment.
        let limit = ContinuousClock.now + Self.settlingTime
        while true {
            snapshot = try await self.snapshot(for: own)
            guard let outranked = written.first(where: { snapshot.change(for: $0) != nil }) else { return }
            guard .now < limit, (try? await Task.sleep(for: Self.settlingInterval)) != nil else {
                throw TopologyError(
                    .policyConflict,
                    "policy '\(outranked.object)' was written and is not in force: another was given a higher priority "
                        + "meanwhile",
                    hint: "keep policies that match names that start with 'ropeway.' out of virtual host "
                        + "'\(site.virtualHost)'",
                    object: outranked.object
                )
            }
        }
    }

    /// Writes a policy, without what is new in it where a node does not know that.
    ///
    /// - Returns: what was written.
    private func write(
        _ change: Policy,
        of policy: OwnPolicy,
        in snapshot: PolicySnapshot
    ) async throws(TopologyError) -> OwnPolicy {
        do throws(ManagementError) {
            try await put(change)
            return policy
        } catch {
            let reduced = policy.reduced
            guard case .rejected = error.kind, reduced != policy, !reduced.definition.isEmpty else {
                throw TopologyError(error, object: policy.object, right: Self.right)
            }
            guard let change = snapshot.change(for: reduced) else { return reduced }
            do throws(ManagementError) {
                try await put(change)
            } catch {
                throw TopologyError(error, object: policy.object, right: Self.right)
            }
            return reduced
        }
    }

    private func put(_ policy: Policy) async throws(ManagementError) {
        let api = site.admin
        try await site.policyWrites.pass { () async throws(ManagementError) in try await api.putPolicy(policy) }
    }

    /// Checks again that the policies are in force, by what is configured and by what the broker says of each queue.
    ///
    /// - Returns: whether the broker's own word was there for every queue. It comes with the statistics, so that it is
    ///   missing for the first seconds of a queue, and for good where statistics are disabled.
    /// - Throws: ``TopologyError`` with the code policyConflict, missingRights, objectMissing, unreachable.
    func verify(_ own: [OwnPolicy], holding: Set<String> = []) async throws(TopologyError) -> Bool {
        let snapshot = try await snapshot(for: own)
        var isComplete = true
        for configured in own {
            let policy = holding.contains(configured.object) ? snapshot.asItIs(configured) : configured
            if let conflict = snapshot.conflict(for: policy) { throw conflict }
            if snapshot.change(for: policy) != nil, snapshot.change(for: policy.reduced) != nil {
                throw TopologyError(
                    .policyConflict,
                    "policy '\(policy.object)' is not what the configuration says, or another outranks it",
                    hint: "restart the route, which writes it again",
                    object: policy.object
                )
            }
            guard let details = try await site.existingQueue(policy.object) else {
                throw TopologyError(
                    .objectMissing,
                    "queue '\(policy.object)' does not exist",
                    hint: "restart the route, which declares it again; what it held is lost",
                    object: policy.object
                )
            }
            // A name that is not ours is one that the statistics still have from before: the lists above are newer.
            guard let effective = details.effectivePolicyDefinition, details.policy == policy.object else {
                isComplete = false
                continue
            }
            if let harm = PolicyHarm.of(effective, to: policy) {
                let culprit = details.operatorPolicy.map { "operator policy '\($0)'" } ?? "policy '\(policy.object)'"
                throw .policyConflict(harm, by: culprit, object: policy.object)
            }
        }
        return isComplete
    }

    /// Deletes the policies of queues that are gone.
    func remove(_ objects: [String]) async throws(TopologyError) {
        for object in objects {
            do {
                try await site.admin.deletePolicy(object, virtualHost: site.virtualHost)
            } catch {
                throw TopologyError(error, object: object, right: Self.right)
            }
        }
    }

    private func snapshot(for own: [OwnPolicy]) async throws(TopologyError) -> PolicySnapshot {
        try await snapshot(about: own.first?.object ?? "")
    }

    /// The policies of the site's virtual host as they are now.
    ///
    /// - Parameter object: what an error is about.
    func snapshot(about object: String) async throws(TopologyError) -> PolicySnapshot {
        do throws(ManagementError) {
            guard let shared = site.policySnapshots else { return try await site.readPolicies(before: nil) }
            let site = site
            switch await shared.ask({ (_) throws(ManagementError) in
                Gathered(list: try await site.readPolicies(before: await shared.last))
            }) {
            case .list(let snapshot): return snapshot
            case .failed(let error): throw error
            case .single, .cancelled: return try await site.readPolicies(before: nil)
            }
        } catch {
            var failure = TopologyError(error, object: object, right: Self.right)
            // A virtual host that is there has such a list: a node that stops says so of whatever it is asked.
            if failure.code == .objectMissing { failure.code = .unreachable }
            throw failure
        }
    }
}

extension Site {
    /// - Parameter before: what was read before, which is given again where nothing has changed.
    fileprivate func readPolicies(before: PolicySnapshot?) async throws(ManagementError) -> PolicySnapshot {
        let policies = try await admin.policies(virtualHost: virtualHost)
        let operatorPolicies = try await admin.policies(.operatorPolicy, virtualHost: virtualHost)
        if let before, before.isOf(policies, operatorPolicies) { return before }
        return PolicySnapshot(virtualHost: virtualHost, policies: policies, operatorPolicies: operatorPolicies)
    }
}
