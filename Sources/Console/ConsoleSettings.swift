import RopewayConfiguration

/// Where the API listens, for which pair, and what guards it.
public struct ConsoleSettings: Sendable {
    /// The address or host name to listen on.
    public var host: String
    /// The port; 0 takes a free one.
    public var port: Int
    /// The pair's name, which every answer carries.
    public var pair: String
    /// The names of the pair's sites.
    public var sites: [String]
    /// What guards everything that changes something.
    public var token: BearerToken

    /// Creates settings.
    public init(host: String, port: Int, pair: String, sites: [String], token: BearerToken) {
        self.host = host
        self.port = port
        self.pair = pair
        self.sites = sites
        self.token = token
    }

    /// Takes the settings from a configuration.
    public init(_ configuration: PairConfiguration, token: BearerToken) {
        self.init(
            host: configuration.api.host,
            port: configuration.api.port,
            pair: configuration.name,
            sites: configuration.sites.map(\.name),
            token: token
        )
    }
}
