import Testing

@testable import Pump

@Suite("The id that closes a copy")
struct ReferenceSealTests {
    @Test("tells how far the copy had got, and is above all that a copy uses")
    func ids() {
        let floor: UInt64 = 1 << 62
        for sequence in [0, 1, 12_345, floor - 1] as [UInt64] {
            #expect(!ReferenceSeal.isSeal(sequence))
            #expect(ReferenceSeal.copied(sequence) == sequence)
            #expect(ReferenceSeal.isSeal(floor + sequence))
            #expect(ReferenceSeal.copied(floor + sequence) == sequence)
        }
    }

    @Test("is put under each of a copy's references, of which the first is its name")
    func references() {
        let references = ChunkReferences("ropeway.p.r.e3")
        #expect(references[0] == "ropeway.p.r.e3")
        #expect(references[2] == "ropeway.p.r.e3#2")
    }
}
