extension KeyedDecodingContainer {
    /// Refuses what was written in another version than the one that is known.
    ///
    /// - Throws: `DecodingError`, also where no version is there.
    func requireVersion(_ known: Int, forKey key: Key) throws {
        let version = try decode(Int.self, forKey: key)
        guard version == known else {
            throw DecodingError.dataCorruptedError(
                forKey: key,
                in: self,
                debugDescription: "it has version \(version), and this Ropeway knows \(known)"
            )
        }
    }
}
