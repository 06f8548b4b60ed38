// The ringing tone that telephones in China have: 450 Hz, one second in five.

const HERTZ = 450;
const LONGEST_S = 120;
const EVERY_S = 5;
const VOLUME = 0.1;

/** Rings until the returned function is called, two minutes at most. */
export function ring(): () => void {
  const context = new AudioContext();
  const volume = new GainNode(context, { gain: 0 });
  const sound = new OscillatorNode(context, { frequency: HERTZ });
  sound.connect(volume).connect(context.destination);
  for (let at = 0; at < LONGEST_S; at += EVERY_S) {
    volume.gain.setValueAtTime(VOLUME, at);
    volume.gain.setValueAtTime(0, at + 1);
  }
  sound.start();
  return () => {
    if (context.state !== "closed") void context.close();
  };
}
