import { statesInMemory } from './states-in-memory';
import { statesOnLaptop } from './states-on-laptop';
import { statesContract } from './states.contract';

describe('the machines in memory', () => statesContract(statesInMemory));

describe('the machines of the laptop host', () => statesContract(statesOnLaptop));
