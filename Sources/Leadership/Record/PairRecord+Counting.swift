extension PairRecord {
    /// The record that counts among those of several epochs at one site; `nil` if there is none.
    ///
    /// It is that of the highest epoch whose generation is not below that of a record of a lower epoch. A holder of the
    /// site's lock writes its generation into the record of the highest epoch that it finds before it does anything
    /// else. So a record of a higher epoch with a lower generation was not there when the later holder looked: a former
    /// holder's write, which had been on its way when the lock was lost, landed behind it.
    ///
    /// - Parameters:
    ///   - records: the site's records, in any order.
    ///   - lockGeneration: the generation of the site's lock, if the caller holds it. A record with a higher one was
    ///     never written under this lock (it was imported from another site, or the lock was made anew), and says
    ///     nothing about which of the others were late.
    package static func counting<Records: Sequence<PairRecord>>(
        _ records: Records,
        lockGeneration: UInt64? = nil
    ) -> PairRecord? {
        var counting: PairRecord?
        var newest: UInt64 = 0
        for record in records.sorted(by: { $0.epoch < $1.epoch }) where record.generation >= newest {
            counting = record
            if record.generation <= lockGeneration ?? .max { newest = record.generation }
        }
        return counting
    }
}
