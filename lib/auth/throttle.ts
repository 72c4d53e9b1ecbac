export class LoginThrottle {
  admit(_address: string): Promise<boolean> | undefined {
    return undefined;
  }
  failed(_address: string): void {}
  succeeded(_address: string): void {}
  delayMs(_address: string): number {
    return 50;
  }
  dispose(): void {}
}
