import Management

extension StreamCopy {
    /// From this version on a broker writes AMQP 1.0's header section into streams, and reads it. One before closes the
    /// connection of whoever reads a message with it over AMQP 0-9-1 (541, seen on 3.10.8).
    private static let headersSince = BrokerVersion(3, 13)

    /// Why a stream can't be copied as it is from one broker to another; `nil` where it can.
    ///
    /// - Parameter object: what an error is about.
    package static func fault(
        from source: (site: String, version: BrokerVersion),
        to destination: (site: String, version: BrokerVersion),
        object: String
    ) -> TopologyError? {
        guard source.version >= headersSince, destination.version < headersSince else { return nil }
        return TopologyError(
            .notSupported,
            "site '\(destination.site)' has RabbitMQ \(destination.version), which can't read what RabbitMQ "
                + "\(source.version) of site '\(source.site)' writes into streams: a stream capture can't be copied there",
            hint: "upgrade site '\(destination.site)' first, or set capture.type to quorum or classic",
            object: object
        )
    }

    /// - Throws: ``TopologyError`` where the copy could not be read at its destination.
    func checkVersions() async throws(TopologyError) {
        let fault = Self.fault(
            from: (source.name, try await source.version()),
            to: (destination.name, try await destination.version()),
            object: names.standby
        )
        if let fault { throw fault }
    }
}
