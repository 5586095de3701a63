/// What a random stream decides: one constant each, so that no two uses share a stream.
enum Purpose: UInt64 {
  case postArrivals = 1
  case author
  case sessionArrivals
  case session
  case service
  case engagement
  case affinity
  case history
  case historyAuthor
  case historyEngagement
  case lastLoad
  case lossyTimeline
  case learntLoads
  case learntPosts
  case consume = 32
  case jobFailure
  case poison
  case tail = 40
  case visibility
  case change = 48
  case changeScript
  case changeArrivals
  case replicaLag = 64
  case live = 80
  case removal
  case notificationWish
  case bounce
  case region = 96
  case content
  case scrollAhead
  case invalidationLag = 104
  case lazyMedia
  case viewerTraits = 112
  case authorTraits
  case postTraits
  case interest
  case latentAffinity
  case taste
  case judgement = 120
  case seenPosts = 136
  case sourceTurn
  case campaign
  case postRule
  case modelWeights = 144
  case interestReading
  case pretraining
  case labelShuffle
  case arm
  case moderation = 160
  case reducedReach
  case review
  case appeal
  case clientBackOff
  case anonymisation
  case balancing = 176
  case serverError
  case callRetry
  case requestBackOff = 192
  case reload
  case faultTime = 208
  case faultDraw
  case networkLoss
  case refusal = 224
  case cascade = 240
  case cascadeVisit
  case replicationLag
  case homeCell = 250
  case starPosts
  case placeInBatch
  case cellCopies
  case linkLoss = 270
  case linkCopy
}
