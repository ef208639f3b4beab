/// Finds records of a stream again in a copy that has all of them in their order, and others among them.
///
/// A copy is as long as its source or longer: what a relay sent twice, and what others published to it, is in it too. So
/// records that look alike may have more than one place. The first and the last that are possible bound where one is.
struct RecordMatching: Sendable {
    /// What tells records apart, in the order of the source: from a record before the one that is wanted to the last one
    /// that was copied.
    var source: [Int]
    /// Which of them is wanted.
    var wanted: Int
    /// The same of the copy, from before the first of them to behind the last.
    var copy: [Int]

    /// The first place in the copy where the record can be: as early as those before it allow.
    var first: Int? {
        var index = copy.startIndex
        for record in source[...wanted] {
            guard let found = copy[index...].firstIndex(of: record) else { return nil }
            index = found + 1
        }
        return index - 1
    }

    /// The last place in the copy where the record can be: as late as those behind it allow.
    var last: Int? {
        var end = copy.endIndex
        for record in source[wanted...].reversed() {
            guard let found = copy[..<end].lastIndex(of: record) else { return nil }
            end = found
        }
        return end
    }
}
