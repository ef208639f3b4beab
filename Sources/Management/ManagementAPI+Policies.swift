import HTTPClient

/// Which of both kinds of policies: a user's, or an operator's, which limits it.
package enum PolicyKind: String, Sendable, Hashable, CaseIterable {
    case policy = "policies"
    case operatorPolicy = "operator-policies"
}

/// Policies and parameters.
extension ManagementAPI {
    /// All policies of a kind (in a virtual host).
    package func policies(
        _ kind: PolicyKind = .policy,
        virtualHost: String? = nil
    ) async throws(ManagementError) -> [Policy] {
        try await fetchPolicies(ManagementCall(.get, [kind.rawValue] + (virtualHost.map { [$0] } ?? [])))
    }

    /// All policies, which are many where there are many routes, are asked for often, and hardly ever change.
    private func fetchPolicies(_ call: ManagementCall) async throws(ManagementError) -> [Policy] {
        let response = try await send(call)
        let page = try page(response, call, decodedPolicies)
        // One that can't be read is told of by its place.
        return page.isWhole ? page.items : try decode([Policy].self, from: response, of: call)
    }

    /// One policy, or `nil` if there is none of this name.
    package func policy(
        _ name: String,
        kind: PolicyKind = .policy,
        virtualHost: String
    ) async throws(ManagementError) -> Policy? {
        try await find(Policy.self, ManagementCall(.get, [kind.rawValue, virtualHost, name]))
    }

    /// Creates or replaces a policy. Any change of a policy trims the streams that it applies to at once.
    /// Needs the tag `policymaker`, for an operator policy `administrator`.
    package func putPolicy(_ policy: Policy, kind: PolicyKind = .policy) async throws(ManagementError) {
        let parts = [kind.rawValue, policy.virtualHost, policy.name]
        try await perform(ManagementCall(.put, parts, json: policy.json))
    }

    /// Deletes a policy. Returns whether it existed.
    @discardableResult
    package func deletePolicy(
        _ name: String,
        kind: PolicyKind = .policy,
        virtualHost: String
    ) async throws(ManagementError) -> Bool {
        try await remove(ManagementCall(.delete, [kind.rawValue, virtualHost, name]))
    }

    /// The parameters of a component (in a virtual host), such as `shovel`. Empty, too, where the plugin is missing.
    package func parameters(
        component: String,
        virtualHost: String? = nil
    ) async throws(ManagementError) -> [Parameter] {
        let parts = ["parameters", component] + (virtualHost.map { [$0] } ?? [])
        return try await find([Parameter].self, ManagementCall(.get, parts)) ?? []
    }

    /// All global parameters.
    package func globalParameters() async throws(ManagementError) -> [GlobalParameter] {
        try await fetch([GlobalParameter].self, ManagementCall(.get, ["global-parameters"]))
    }

    /// The value of a global parameter, or `nil` if there is none of this name.
    package func globalParameter(_ name: String) async throws(ManagementError) -> JSONValue? {
        try await find(GlobalParameter.self, ManagementCall(.get, ["global-parameters", name]))?.value
    }

    /// Creates or replaces a global parameter. The last writer wins: RabbitMQ has no compare-and-set.
    package func putGlobalParameter(_ name: String, value: JSONValue) async throws(ManagementError) {
        let json: JSONValue = ["name": .string(name), "value": value]
        try await perform(ManagementCall(.put, ["global-parameters", name], json: json))
    }

    /// Deletes a global parameter. Returns whether it existed.
    @discardableResult
    package func deleteGlobalParameter(_ name: String) async throws(ManagementError) -> Bool {
        try await remove(ManagementCall(.delete, ["global-parameters", name]))
    }
}
