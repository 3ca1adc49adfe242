// Package replay streams a recorded session through the whole classifier as a
// device would: packet by packet, with no look at what comes later, and keeps
// for every decision which evidence made it.
//
// The way of a packet: intake puts late, repeated and missing packets right and
// logs them; the tape keeps the samples so far; the segmenter tells idle,
// moving, setup, exercising and rest apart; at an onset four sources say what
// they know (the sensor's model, the order of exercises, the place, the memory
// of this session's earlier sets) and a log-linear pool joins them.
//
// Everything known beforehand is in a Knowledge, learnt from sessions other than
// the replayed one. A replay is a pure function of the session, the knowledge
// and the options: the same at any speed and packet size.
package replay
