import { doorContract, type Shape } from './door.contract';
import { doorInMemory, doorOnLaptop } from './doors';

const [inMemory, onLaptop] = [new Map<string, Shape>(), new Map<string, Shape>()];

describe('the gateway in memory', () => doorContract(doorInMemory, inMemory));

describe('the door of the laptop host', () => doorContract(doorOnLaptop, onLaptop));

it('both answer everything in the same shape', () => {
  expect(inMemory.size).toBeGreaterThan(20);
  expect(Object.fromEntries(inMemory)).toEqual(Object.fromEntries(onLaptop));
});
