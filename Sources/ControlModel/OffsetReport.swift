/// Where an offset of a stream is in its copy.
package struct OffsetReport: Sendable, Hashable, Codable {
    /// A stream at a site, and an offset in it.
    package struct Place: Sendable, Hashable, Codable {
        package var site: String
        package var stream: String
        package var offset: UInt64

        package init(site: String, stream: String, offset: UInt64) {
            self.site = site
            self.stream = stream
            self.offset = offset
        }
    }

    package var pair: String
    /// The shovel that copies the stream.
    package var shovel: String
    /// What was asked for.
    package var source: Place
    /// Nothing of the source from the offset on lies before this one.
    package var copy: Place
    /// Whether the message there is the one that was asked for.
    package var exact: Bool
    /// Why it may not be.
    @OrNull package var reason: String?

    package init(pair: String, shovel: String, source: Place, copy: Place, exact: Bool, reason: String?) {
        self.pair = pair
        self.shovel = shovel
        self.source = source
        self.copy = copy
        self.exact = exact
        self.reason = reason
    }
}
