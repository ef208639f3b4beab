import Management

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Looks at one site over its management API.
package struct SiteSurveyor: Sendable {
    private let name: String
    private let virtualHost: String
    private let api: ManagementAPI

    /// Creates the surveyor of a site.
    ///
    /// - Parameters:
    ///   - name: the site's name.
    ///   - virtualHost: the virtual host that is to be paired.
    ///   - api: as the user that the pair will use.
    package init(name: String, virtualHost: String, api: ManagementAPI) {
        self.name = name
        self.virtualHost = virtualHost
        self.api = api
    }

    /// Asks everything that a proposal needs.
    ///
    /// - Throws: ``ManagementError`` where the site can't be asked at all; what the user may not see stays unknown.
    package func survey() async throws(ManagementError) -> SiteSurvey {
        let overview = try await api.overview()
        var survey = SiteSurvey(
            name: name,
            virtualHost: virtualHost,
            overview: overview,
            user: try await api.whoAmI()
        )
        survey.clockAhead = try? await api.clockAhead()
        survey.nodes = (try? await api.nodes()) ?? []
        survey.featureFlags = try? await api.enabledFeatureFlags()
        // Every virtual host has a default exchange, and its list is refused to whoever has no access to it.
        let exchanges: [Exchange]
        do throws(ManagementError) {
            exchanges = try await api.exchanges(virtualHost: virtualHost)
        } catch  where error.isNotFound {
            survey.hasVirtualHost = false
            return survey
        }
        survey.exchanges = exchanges
        survey.queues = try await api.queues(virtualHost: virtualHost)
        survey.bindings = try await api.bindings(virtualHost: virtualHost)
        survey.policies = (try? await api.policies(virtualHost: virtualHost)) ?? []
        survey.operatorPolicies = (try? await api.policies(.operatorPolicy, virtualHost: virtualHost)) ?? []
        return survey
    }
}
