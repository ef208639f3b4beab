import Management

/// What a global parameter of a site says of the pair's lock: the generation of whoever took it last.
struct LockClaim: Sendable, Hashable {
    /// The site whose lock counted it. Definitions that are copied bring another site's along.
    var site: String
    var generation: UInt64

    init(site: String, generation: UInt64) {
        self.site = site
        self.generation = generation
    }

    /// Reads a parameter; `nil` if it is something else.
    init?(_ json: JSONValue) {
        guard let site = json["site"]?.string, let generation = json["generation"]?.integer, generation >= 0 else {
            return nil
        }
        self.init(site: site, generation: UInt64(generation))
    }

    var json: JSONValue { ["site": .string(site), "generation": .integer(Int64(clamping: generation))] }
}
