import HTTPClient
import Management

/// Does what a plan says, at one site, some steps at the same time.
///
/// A step that the broker refuses holds up no other. One that was done before is done again without harm, so that a plan
/// that was broken off, however that was, is simply made and applied again.
package struct TopologyApplier: Sendable {
    /// Asked before each step: why nothing more may be changed, or `nil`.
    package typealias Guard = @Sendable () async -> TopologyOutcome.Stop?

    /// Says how many messages a queue holds, by its own word: name and type; `nil` where it does not tell.
    package typealias LiveDepth = @Sendable (_ queue: String, _ type: String) async -> Int?

    private let api: ManagementAPI
    private let virtualHost: String
    private let defaultQueueType: String?
    private let atOnce: Int
    private let liveDepth: LiveDepth

    /// Creates an applier.
    ///
    /// - Parameters:
    ///   - api: with the rights to declare what the plan has.
    ///   - defaultQueueType: what a queue declared without a type becomes there.
    ///   - atOnce: how many steps are done at the same time.
    ///   - liveDepth: asked before a queue is deleted that can't be told to go only if it is empty; without it such a
    ///     queue is left.
    package init(
        _ api: ManagementAPI,
        virtualHost: String,
        defaultQueueType: String? = nil,
        atOnce: Int = 8,
        liveDepth: @escaping LiveDepth = { _, _ in nil }
    ) {
        self.api = api
        self.virtualHost = virtualHost
        self.defaultQueueType = defaultQueueType
        self.atOnce = atOnce
        self.liveDepth = liveDepth
    }

    /// Does the steps, group after group.
    ///
    /// - Parameter mayGoOn: what decides whether the site may still be written to.
    package func apply(_ plan: TopologyPlan, while mayGoOn: Guard = { nil }) async -> TopologyOutcome {
        var outcome = TopologyOutcome()
        for phase in plan.phases {
            if outcome.stop == nil {
                await apply(phase, while: mayGoOn, into: &outcome)
            } else {
                outcome.results += phase.map { TopologyOutcome.Result($0, .notTried) }
            }
        }
        while outcome.settleBindings(), outcome.stop == nil {
            await deleteFreed(while: mayGoOn, into: &outcome)
        }
        return outcome
    }

    /// Tries exchanges again that were in use by a binding which has gone with its other end.
    private func deleteFreed(while mayGoOn: Guard, into outcome: inout TopologyOutcome) async {
        for index in outcome.results.indices {
            let result = outcome.results[index]
            guard case .exchange = result.step.object, result.step.action == .delete, case .refused = result.end else {
                continue
            }
            outcome.stop = await mayGoOn()
            guard outcome.stop == nil else { return }
            let attempt = await attempt(result.step)
            outcome.results[index].end = attempt.end
            outcome.stop = attempt.stop
            guard attempt.stop == nil else { return }
        }
    }

    private func apply(
        _ steps: [TopologyPlan.Step],
        while mayGoOn: Guard,
        into outcome: inout TopologyOutcome
    ) async {
        var ends = [TopologyOutcome.End](repeating: .notTried, count: steps.count)
        var stop: TopologyOutcome.Stop?
        await withTaskGroup(of: (Int, Attempt).self) { group in
            func take(_ index: Int, _ attempt: Attempt) {
                ends[index] = attempt.end
                stop = stop ?? attempt.stop
            }
            var running = 0
            for (index, step) in steps.enumerated() {
                if running >= atOnce, let (index, attempt) = await group.next() {
                    take(index, attempt)
                    running -= 1
                }
                if stop == nil { stop = await mayGoOn() }
                guard stop == nil else { break }
                running += 1
                group.addTask { (index, await attempt(step)) }
            }
            for await (index, attempt) in group { take(index, attempt) }
        }
        outcome.results += zip(steps, ends).map { TopologyOutcome.Result($0, $1) }
        outcome.stop = stop
    }

    /// How one step ended, and whether that ends everything.
    private struct Attempt: Sendable {
        var end: TopologyOutcome.End
        var stop: TopologyOutcome.Stop?
    }

    private func attempt(_ step: TopologyPlan.Step) async -> Attempt {
        do throws(ManagementError) {
            if let refusal = try await perform(step) { return Attempt(end: refusal) }
            return Attempt(end: .done)
        } catch {
            switch error.kind {
            case .rejected(_, _, let reason):
                return Attempt(end: .refused(reason: reason.trimmed, hint: Self.hint(step)))
            case .forbidden(let reason):
                return Attempt(end: .refused(reason: reason.trimmed, hint: Self.right(step)))
            case .notFound:
                return Attempt(end: .refused(reason: "what it belongs to is gone", hint: "compare again"))
            case .unexpectedReply:
                // RabbitMQ's own words for an argument that it can't read.
                return Attempt(end: .refused(reason: error.reason, hint: "declare it by hand, over AMQP"))
            case .unauthorized:
                return Attempt(
                    end: .refused(reason: error.reason, hint: error.hint),
                    stop: TopologyOutcome.Stop(reason: "\(error)", hint: error.hint)
                )
            case .unreachable, .timedOut, .cancelled:
                return Attempt(
                    end: .unknown(reason: error.reason),
                    stop: TopologyOutcome.Stop(reason: "\(error)", hint: error.hint)
                )
            }
        }
    }

    /// What the site's admin user lacks for a step.
    private static func right(_ step: TopologyPlan.Step) -> String {
        let right =
            switch step.object {
            case .exchange: "configure on exchanges"
            case .queue where step.action == .delete: "configure on queues"
            case .queue: "configure on queues, and read and write on what they dead-letter from and to"
            case .binding: "write on what is bound, and read on the exchange that it is bound to"
            case .policy: "the tag policymaker"
            case .user, .permissions, .topicPermissions: "the tag administrator"
            }
        return "give the site's admin user \(right)"
    }

    private static func hint(_ step: TopologyPlan.Step) -> String {
        switch step.action {
        case .create, .change: "see the broker's reason; it is tried again by the next sync"
        case .delete: "it was left as it is"
        }
    }

    // MARK: Steps

    /// Does a step.
    ///
    /// - Returns: why it was not done for a reason of ours, or `nil`.
    private func perform(_ step: TopologyPlan.Step) async throws(ManagementError) -> TopologyOutcome.End? {
        switch step.action {
        case .create, .change:
            try await put(step.object)
            return nil
        case .delete:
            return try await delete(step.object)
        }
    }

    private func put(_ object: TopologyObject) async throws(ManagementError) {
        switch object {
        case .exchange(let exchange):
            try await api.putExchange(
                exchange.name,
                virtualHost: virtualHost,
                type: exchange.type,
                isDurable: exchange.isDurable,
                isAutoDelete: exchange.isAutoDelete,
                isInternal: exchange.isInternal,
                arguments: exchange.arguments
            )
        case .queue(let queue):
            try await api.putQueue(
                queue.name,
                virtualHost: virtualHost,
                isDurable: queue.isDurable,
                isAutoDelete: queue.isAutoDelete,
                arguments: queue.declaredArguments(defaultType: defaultQueueType)
            )
        case .binding(let binding):
            try await api.putBinding(
                from: binding.source,
                to: binding.destination,
                binding.destinationType,
                virtualHost: virtualHost,
                routingKey: binding.routingKey,
                arguments: binding.arguments
            )
        case .policy(let policy):
            try await api.putPolicy(policy.policy(in: virtualHost))
        case .user(let user):
            try await api.putUser(user)
        case .permissions(let permissions):
            try await api.putPermissions(
                permissions.permissions,
                ofUser: permissions.user,
                virtualHost: virtualHost
            )
        case .topicPermissions(let permissions):
            try await api.putTopicPermissions(permissions, virtualHost: virtualHost)
        }
    }

    private func delete(_ object: TopologyObject) async throws(ManagementError) -> TopologyOutcome.End? {
        switch object {
        case .exchange(let exchange):
            try await api.deleteExchange(exchange.name, virtualHost: virtualHost, ifUnused: true)
        case .queue(let queue):
            return try await delete(queue)
        case .binding(let binding) where binding.routingKey == "null" && binding.arguments.isEmpty:
            // Seen on 3.10.8, 4.0.5 and 4.3.6: its own name for the binding, null, is answered with 404.
            return .refused(
                reason: "the management API can't delete a binding with the key 'null'",
                hint: "unbind it over AMQP"
            )
        case .binding(let binding):
            try await api.deleteBinding(
                from: binding.source,
                to: binding.destination,
                binding.destinationType,
                virtualHost: virtualHost,
                routingKey: binding.routingKey,
                arguments: binding.arguments
            )
        case .policy(let policy):
            try await api.deletePolicy(policy.name, virtualHost: virtualHost)
        case .permissions(let permissions):
            try await api.deletePermissions(ofUser: permissions.user, virtualHost: virtualHost)
        case .topicPermissions(let permissions) where !permissions.exchange.isEmpty:
            try await api.deleteTopicPermissions(
                ofUser: permissions.user,
                exchange: permissions.exchange,
                virtualHost: virtualHost
            )
        case .topicPermissions, .user:
            return .refused(reason: "it may be of use to other virtual hosts", hint: "delete it by hand")
        }
        return nil
    }

    /// A queue that holds messages, or has consumers, is somebody's.
    private func delete(_ queue: QueueDefinition) async throws(ManagementError) -> TopologyOutcome.End? {
        guard let found = try await api.queue(queue.name, virtualHost: virtualHost) else { return nil }
        if let consumers = found.consumers, consumers > 0 {
            return .refused(reason: "it has \(consumers) consumers", hint: "stop them, and sync again")
        }
        // A stream or quorum queue is deleted whatever it holds, and statistics come late.
        let isClassic = found.totals.type == "classic"
        let depth = isClassic ? 0 : await liveDepth(queue.name, found.totals.type)
        guard depth == 0 else {
            return .refused(
                reason: "it holds messages, or may hold some",
                hint: "delete it by hand if nobody needs them"
            )
        }
        try await api.deleteQueue(queue.name, virtualHost: virtualHost, ifEmpty: isClassic, ifUnused: isClassic)
        return nil
    }
}

extension String {
    /// In one line, without characters that move the cursor of a terminal: the broker repeats names.
    fileprivate var trimmed: String {
        let shown = unicodeScalars.map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? " " : $0 }
        var text = String(String.UnicodeScalarView(shown))
        while text.last == " " { text.removeLast() }
        return text
    }
}
