/** Reading tickets by the camera, in browsers that can tell codes in pictures. */

import { useEffect, useRef, useState } from 'preact/hooks';

/** A part of the platform that TypeScript does not know yet. */
interface BarcodeDetector {
  detect(picture: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
declare const BarcodeDetector: (new (options: { formats: string[] }) => BarcodeDetector) | undefined;

const LOOK_MS = 250;
/** The same code again is the same ticket, still in front of the camera. */
const SAME_MS = 5_000;

/** Nothing where the browser cannot. `found` is told of each code once as long as it is shown. */
export function Camera({ found }: { found: (code: string) => void }) {
  const [isOn, setOn] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  if (typeof BarcodeDetector === 'undefined' || !navigator.mediaDevices) return null;
  const stop = (why: string | null) => {
    setOn(false);
    setProblem(why);
  };
  return (
    <div class="stack">
      <div>
        <button type="button" class="button" aria-pressed={isOn} onClick={() => (isOn ? stop(null) : setOn(true))}>
          Use the camera
        </button>
      </div>
      {problem && <p class="problem">{problem}</p>}
      {isOn && <Viewfinder found={found} fail={stop} />}
    </div>
  );
}

function Viewfinder({ found, fail }: { found: (code: string) => void; fail: (why: string) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const told = useRef({ found, fail });
  told.current = { found, fail };
  useEffect(() => {
    let stream: MediaStream | null = null;
    let looking: ReturnType<typeof setInterval> | undefined;
    let isOver = false;
    let last = { code: '', at: 0 };
    const start = async () => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      if (isOver || !video.current) return end();
      video.current.srcObject = stream;
      await video.current.play();
      const detector = new BarcodeDetector!({ formats: ['qr_code'] });
      looking = setInterval(async () => {
        const [code] = video.current ? await detector.detect(video.current).catch(() => []) : [];
        if (!code || isOver) return;
        const isNew = code.rawValue !== last.code || Date.now() - last.at > SAME_MS;
        last = { code: code.rawValue, at: Date.now() };
        if (isNew) told.current.found(code.rawValue);
      }, LOOK_MS);
    };
    const end = () => {
      isOver = true;
      clearInterval(looking);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    start().catch(() => isOver || told.current.fail('The camera cannot be used. Allow it in the browser, or type the number.'));
    return end;
  }, []);
  return <video ref={video} class="door-camera" muted playsInline aria-label="What the camera sees" />;
}
